"""One pay, computed: pure functions on Decimal, to be read beside T4127 and TP-1015.F."""
