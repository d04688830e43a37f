"""Where the control plane keeps what was answered to an Idempotency-Key."""

from karvo.kit.idempotency import Store
from tenants.models import control

control_store = Store(control, 'control.idempotency_key', is_encrypted=True)
