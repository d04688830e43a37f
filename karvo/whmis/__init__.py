"""WHMIS: versioned bilingual safety data sheets, workplace labels, who received which sheet."""
