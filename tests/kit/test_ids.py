"""Names of rows and requests."""

import os
import threading
import uuid

import pytest

from karvo.kit import ids

DRAWS = [ids.random_key, ids.request_id]


class TestDrawnInAdvance:
    @pytest.mark.parametrize('draw', DRAWS)
    def test_a_forked_process_draws_its_own(self, draw):
        """What its parent had drawn and not used must not name two things."""
        draw()
        reading, writing = os.pipe()
        if not (child := os.fork()):
            os.write(writing, ','.join([draw() for _ in range(200)]).encode())
            os._exit(0)
        os.close(writing)
        own = [draw() for _ in range(200)]
        with os.fdopen(reading, 'rb') as pipe:
            theirs = pipe.read().decode().split(',')
        os.waitpid(child, 0)
        assert len({*own, *theirs}) == 400

    @pytest.mark.parametrize('draw', DRAWS)
    def test_threads_never_draw_the_same(self, draw):
        found: list[str] = []

        def run() -> None:
            found.extend([draw() for _ in range(500)])

        threads = [threading.Thread(target=run) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(set(found)) == 2000

    def test_what_credentials_are_made_of_is_not(self, monkeypatch):
        monkeypatch.setattr(ids, '_random', lambda count: bytes(count))
        assert len({ids.secret_key(40) for _ in range(50)}) == 50


class TestShapes:
    def test_a_uid_is_a_version_7_uuid_in_the_order_of_time(self):
        first, second = ids.uuid7(), ids.uuid7()
        assert (first.version, first.variant) == (7, uuid.RFC_4122)
        assert first.int >> 80 <= second.int >> 80

    def test_as_text_it_is_one_too(self):
        text = ids.uid()
        assert str(uuid.UUID(text)) == text
        assert uuid.UUID(text).version == 7

    def test_a_key_is_of_base62_and_as_long_as_asked(self):
        keys = [ids.secret_key(length) for length in (1, 40) for _ in range(50)]
        keys += [ids.random_key() for _ in range(50)]
        assert {len(key) for key in keys} == {1, 12, 40}
        assert set(''.join(keys)) <= set(ids.BASE62)
