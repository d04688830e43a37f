"""What changes payroll: employees, hours, runs, settings."""
