import cProfile,pstats,time,io
from karvo.ai.answers import ask
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place
import sys
def test_x(books):
    out=open('/tmp/aiplan/zz.txt','w')
    with books.company():
        actor = system_actor('t', current_place())
        for line in open('/tmp/aiplan/lines.txt'):
            t=time.perf_counter()
            a = ask(line.strip(), actor=actor)
            print(line.strip(), '=>', a.kind, a.answer, [list(r.values()) for r in a.rows[:3]], a.query and (a.query.metrics,a.query.dimensions,a.query.grain,a.query.limit,a.query.time and a.query.time.label,a.query.filters), round(1000*(time.perf_counter()-t),1),'ms', file=out)
        pr=cProfile.Profile(); pr.enable()
        for line in open('/tmp/aiplan/lines.txt'):
            ask(line.strip(), actor=actor)
        pr.disable(); s=io.StringIO(); pstats.Stats(pr,stream=s).sort_stats('cumtime').print_stats(25); out.write(s.getvalue())
