const BASE = "https://app.karvoerp.com/wp-json/se-erp/v2";
const API_KEY = "se_your_api_key_here";

const karvo = async (path, opts = {}) => {
  const res = await fetch(`${BASE}${path}`, {
    ...opts,
    headers: {
      "X-SE-ERP-Key": API_KEY,
      "Content-Type": "application/json",
      ...opts.headers,
    },
  });
  return res.json();
};

// List invoices
const invoices = await karvo("/invoices?customer_code=ACME01");
console.log(`Found ${invoices.total} invoices`);
