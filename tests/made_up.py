"""Requests made up from an OpenAPI document: what is answered must be described in it."""

import os
import time

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

IS_SOAK = bool(os.environ.get('KARVO_SOAK'))
EXAMPLES = 12 if IS_SOAK else 4  #: of a round; a soak has rounds until its time is over
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


def answers(
    operation: schemathesis.APIOperation,
    headers: dict[str, str],
    ids: dict[str, list[int]],
    deadline: float,
) -> bool:
    """Asks with good and bad values, `ids` among those of the path; whether one was done. Fails on
    an answer that is not described.

    All that is drawn is sent: drawing costs several times what the request does. Who comes after
    the deadline (`time.monotonic()`) asks once; a soak asks until then.
    """
    modes = schemathesis.GenerationMode
    cases = st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in modes))
    done: list[bool] = []

    @settings(
        max_examples=EXAMPLES if time.monotonic() < deadline else 1,
        derandomize=not IS_SOAK,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, data=st.data())
    def ask(case: schemathesis.Case, data: st.DataObject) -> None:
        for name in sorted(ids.keys() & (case.path_parameters or {}).keys()):
            if name == 'key_id' or data.draw(st.booleans()):
                case.path_parameters[name] = data.draw(st.sampled_from(ids[name]))
        answer = case.call_and_validate(headers=headers, checks=CHECKS)
        done.append(answer.status_code < 300)

    ask()
    while IS_SOAK and time.monotonic() < deadline:
        ask()
    return any(done)
