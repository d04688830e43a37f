# List invoices for a customer
curl "https://app.karvoerp.com/wp-json/se-erp/v2/invoices?customer_code=ACME01" \
  -H "X-SE-ERP-Key: se_your_api_key_here"
