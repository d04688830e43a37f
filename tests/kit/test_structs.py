"""No thread decodes a struct that another one is still reading."""

import subprocess
import sys

#: Fresh structs, each decoded by four threads at once. Without `make_ready` it dies within seconds.
AT_ONCE = """
import datetime, sys, threading
import msgspec
from karvo.kit.structs import make_ready

sys.setswitchinterval(1e-6)
BODY = msgspec.json.encode({f'f{n}': {'a1': '2026-01-01'} for n in range(30)})

def attempt():
    fields = [(f'a{n}', datetime.date | None, None) for n in range(40)]
    inner = msgspec.defstruct('Inner', fields)
    outer = msgspec.defstruct('Outer', [(f'f{n}', inner | None, None) for n in range(30)])
    make_ready()
    barrier = threading.Barrier(4)
    def decode():
        barrier.wait()
        msgspec.json.decode(BODY, type=outer)
    threads = [threading.Thread(target=decode) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

for _ in range(100):
    attempt()
print('alive')
"""
#: How many of all structs msgspec still has to read, before and after the start.
STILL_READ = """
import sys
import msgspec
from karvo.app import create_app
from karvo.kit.structs import _below

def is_read_now(struct):
    seen = []
    sys.setprofile(lambda frame, event, _: seen.append(frame.f_code.co_name))
    try:
        msgspec.json.Decoder(struct)
    except TypeError:
        return False
    finally:
        sys.setprofile(None)
    return 'get_class_annotations' in seen

create_app()
left = sum(map(is_read_now, set(_below(msgspec.Struct))))
print(left, is_read_now(msgspec.defstruct('New', [('a', int)])))
"""


def said(script: str) -> str:
    done = subprocess.run(
        [sys.executable, '-c', script], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_four_threads_at_once_decode_what_nobody_decoded_before():
    assert said(AT_ONCE) == 'alive\n'


def test_an_application_has_read_every_struct_before_its_first_request():
    assert said(STILL_READ) == '0 True\n'
