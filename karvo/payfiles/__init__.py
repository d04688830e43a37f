"""What payroll hands to others: payment files for banks, remittances, the year's slips."""
