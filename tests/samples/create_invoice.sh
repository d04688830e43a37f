# Create a new invoice with line items
curl -X POST "https://app.karvoerp.com/wp-json/se-erp/v2/invoices" \
  -H "X-SE-ERP-Key: se_your_api_key_here" \
  -H "Content-Type: application/json" \
  -d '{
    "invoice_no": "INV-2026-0042",
    "customer_code": "ACME01",
    "customer_name": "Acme Distribution Inc.",
    "subtotal": 1250.00,
    "tps": 62.50,
    "tvq": 124.69,
    "total": 1437.19,
    "lines": [
      {"sku": "CLN-5000", "description": "Cleaner 5L", "qty": 50, "unit_price": 25.00, "line_total": 1250.00}
    ]
  }'
