import datetime as dt
from karvo.analytics.reads import answer_query
from karvo.analytics.schemas import *
from karvo.kit.actor import system_actor
from karvo.kit.db import current_place
from karvo.analytics.model import the_model
import time, traceback
def test_x(books):
    with books.company():
        actor = system_actor('t', current_place())
        Y=Period(start=dt.date(2026,1,1),end=dt.date(2026,12,31))
        LY=Span(start=dt.date(2025,1,1),end=dt.date(2025,12,31))
        m = the_model()
        from karvo.kit.db import database
        print(database.run('select state,count(*) from @backorder group by 1').fetchall())
        for name, metric in m.metrics.items():
            for dims in [[]]+[[d] for d in m.dimensions if m.knows(name,d)]:
                for kw in [dict(time=Y), dict(time=Y,compare=LY), dict(time=Y,share=True,limit=3,order=[Order(by=name)]), dict(time=Y,grain='month')]:
                    if ('compare' in kw or 'grain' in kw) and (m.is_state(name) or not metric.is_comparable): continue
                    if m.is_state(name): kw={}
                    try:
                        t=time.time(); r = answer_query(SemanticQuery(metrics=[name],dimensions=dims,**kw), actor=actor)
                        if kw.get('share') or not kw: print(name,dims,list(kw),[list(x.values()) for x in r.rows[:2]], round(1000*(time.time()-t),1))
                    except Exception as e:
                        print('FAIL',name,dims,kw.keys(),str(e)[:600])
