"""`karvo import wordpress`: the people of a site, out of a dump or CSV, with their passwords."""

import gzip
import json
import os
import pathlib
import subprocess
import sys

import pytest

from karvo.kit.actor import system_actor
from karvo.kit.db import company_place, url_of
from karvo.kit.errors import Invalid
from karvo.kit.ids import uuid7
from tenants import wp_import
from tenants.models import (
    ApplicationPassword,
    Company,
    Membership,
    PendingNews,
    RevokedPassword,
    User,
)
from tenants.operations import change_status
from tenants.shared import invalidate
from tenants.sign_in import sign_in
from tenants.wp_files import source_of
from tenants.wp_import import Report, import_people
from tenants.wp_people import read_site
from tests.conftest import Api, new_tenant, wide_key
from tests.tenants.test_keys import basic
from tests.tenants.test_secrets import APPLICATIONS, LOGINS

ROOT = pathlib.Path(__file__).parents[2]
DATA = ROOT / 'tests/data/wordpress'
DUMP = DATA / 'shop.sql'


def silent(items, _title, _total):
    return items


def bring_in(tenant, path=DUMP, prefix='', usermeta=None) -> Report:
    row = Company.get(Company.uid == tenant.company_id)
    actor = system_actor('import wordpress', company_place(row.id), tenant_id=row.tenant_id)
    people = read_site(source_of(path, usermeta), prefix)
    return import_people(people, row, actor=actor, language='en', progress=silent)


def people_of(tenant) -> dict[str, tuple[User, str]]:
    """{login: (user, role)} without the tenant's first user."""
    query = Membership.select(Membership, User).join(User)
    members = query.where(Membership.tenant == tenant.tenant_id).order_by(User.id)
    found = {m.user.login: (m.user, m.role) for m in members}
    del found[tenant.username]
    return found


def snapshot(tenant):
    """Everything that an import writes, but for the ids."""
    row = Company.get(Company.uid == tenant.company_id)
    users = {
        login: (u.email, u.display_name, u.password_hash, u.locale, role)
        for login, (u, role) in people_of(tenant).items()
    }
    passwords = ApplicationPassword.select(ApplicationPassword, User).join(User)
    # When the tenant's own one was last used is written seconds later.
    theirs = (ApplicationPassword.company == row) & (ApplicationPassword.name != 'first password')
    own = passwords.where(theirs).order_by(ApplicationPassword.uid)
    return users, [(p.user.login, p.uid, p.name, p.digest, p.last_used_at) for p in own]


def forget(tenant):
    """Logins are the installation's: a test leaves none behind for the next."""
    users = [user for user, _ in people_of(tenant).values()]
    own = ApplicationPassword.company == Company.get(Company.uid == tenant.company_id)
    ApplicationPassword.delete().where(own & ApplicationPassword.user.in_(users)).execute()
    Membership.delete().where(Membership.user.in_(users)).execute()
    User.delete().where(User.id.in_(users)).execute()
    invalidate()


@pytest.fixture(scope='module')
def tenants(app):
    return new_tenant(), new_tenant()


@pytest.fixture
def tenant(tenants):
    yield tenants[0]
    forget(tenants[0])


@pytest.fixture
def second(tenants):
    yield tenants[1]
    forget(tenants[1])


@pytest.fixture(scope='module')
def nobody(app):
    """A client without a credential of its own."""
    return Api(app, None)


def till(tenant):
    """The tenant's application password of this name."""
    own = ApplicationPassword.select().join(Company).where(Company.uid == tenant.company_id)
    return own.where(ApplicationPassword.name == 'Till').get_or_none()


def karvo(folder, *arguments):
    environ = os.environ | {'KARVO_DATABASE_URL': url_of('main'), 'KARVO_DATA_DIR': str(folder)}
    return subprocess.run(
        [sys.executable, '-m', 'karvo', *arguments],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )


class TestDump:
    def test_everybody_with_his_role(self, tenant):
        report = bring_in(tenant)
        assert {login: role for login, (_, role) in people_of(tenant).items()} == {
            'admin': 'administrator',
            'ed': 'editor',
            'Sub-One': 'subscriber',
            'manager': 'shop_manager',
            'buyer': 'customer',
            'writer': 'author',
            'seo': 'subscriber',
            'nobody': 'subscriber',
            'starred': 'subscriber',
        }
        assert report.roles == {
            'administrator': 1,
            'editor': 1,
            'subscriber': 4,
            'shop_manager': 1,
            'customer': 1,
            'author': 1,
        }
        assert (report.users_created, report.users_known, report.users_skipped) == (9, 0, 7)
        assert report.roles_unknown == {'wpseo_manager': 1, 'none': 1}
        assert report.passwords_unusable == 1

    def test_names_dates_and_languages(self, tenant):
        bring_in(tenant)
        people = people_of(tenant)
        boss, ed, sub = (people[login][0] for login in ('admin', 'ed', 'Sub-One'))
        assert boss.display_name == 'Ada "Boss" O\'Neil'
        assert ed.display_name == 'Édith \\ Côté 🛒'
        assert people['buyer'][0].display_name == 'Buyer; with -- signs /* and */ more'
        assert (boss.locale, ed.locale) == ('en_CA', 'fr_CA')
        assert f'{boss.created_at:%Y-%m-%d %H:%M:%S%z}' == '2019-03-04 05:06:07+0000'
        assert sub.created_at.year > 2025  # 0000-00-00 there
        assert boss.email == 'owner@shop.example'

    def test_what_is_left_out_is_told_with_its_line(self, tenant):
        report = bring_in(tenant)
        assert report.problems == [
            'line 46: application password in an unknown form: of user 3',
            'line 53: meta value unreadable: role or locale of user 9: an object at byte 0',
            'line 56: meta value unreadable: role or locale of user 14: no value at byte 0',
            'line 57: meta value unreadable: role or locale of user 15:'
            ' a string at byte 5 that is not as long as it says',
            'line 88: no role on this site: object',
            'line 89: user row unreadable: 3 values for 10 columns',
            'line 90: user row unreadable: not UTF-8',
            'line 92: user row unreadable: no fit login',
            'line 93: user row unreadable: a value that is no literal',
            'line 94: no role on this site: liar',
            'line 95: login twice in the file: ADMIN',
        ]
        lines = DUMP.read_bytes().splitlines()
        assert lines[88].startswith(b"(10,'short'")
        assert sum(report.skipped.values()) == len(report.problems)

    def test_application_passwords_with_their_history(self, tenant):
        report = bring_in(tenant)
        assert report.application_passwords_created == 5
        row = till(tenant)
        assert str(row.uid) == '0f6c2f0e-4a52-4bd1-9d4e-7a4b9f1f5a01'
        assert row.app_id == '3f0e5b52-8e5a-4f4e-9a0c-6a1d2f3b4c5d'
        assert (row.last_used_at.timestamp(), row.last_ip) == (1763500000, '203.0.113.9')
        assert row.created_at.timestamp() == 1745000000
        assert row.digest == APPLICATIONS[0][1]

    def test_everybody_is_announced(self, tenant, nobody):
        api = Api(nobody.client.app, tenant, wide_key(tenant))
        last = 0
        while (page := api.get(f'/events?after={last}&per_page=100').json)['data']:
            last = page['next_after']
        bring_in(tenant)
        events = api.get(f'/events?after={last}&type=user.created&per_page=100').json['data']
        told = [event['data']['object']['login'] for event in events]
        assert told == list(people_of(tenant))
        row = Company.get(Company.uid == tenant.company_id)
        assert not PendingNews.select().where(PendingNews.company == row).exists()

    def test_packed(self, tenant, tmp_path):
        packed = tmp_path / 'shop.sql.gz'
        packed.write_bytes(gzip.compress(DUMP.read_bytes()))
        assert bring_in(tenant, packed).users_created == 9


class TestAfterwards:
    def test_people_sign_in_with_their_old_passwords(self, tenant):
        bring_in(tenant)
        passwords = {
            'admin': LOGINS[0][0],
            'ed': LOGINS[2][0],
            'SUB@shop.example': LOGINS[4][0],
            'manager': 'old-md5',
            'buyer': 'Low-cost-1!',
            'writer': LOGINS[1][0],
        }
        for name, password in passwords.items():
            assert sign_in(name, password + 'x') is None
            assert sign_in(name, password) is not None
        assert sign_in('starred', '*') is None
        stored = [user.password_hash for user, _ in people_of(tenant).values()]
        weak = [text for text in stored if not text.startswith('$wp$2y$10$')]
        assert weak == [LOGINS[3][1], '!']  # seo and starred, who did not sign in

    @pytest.mark.parametrize(
        'login, number, reads, writes',
        [
            ('admin', 0, 200, 201),
            ('OWNER@shop.example', 1, 200, 201),
            ('manager', 5, 200, 201),
            ('Sub-One', 3, 403, 403),
            ('sub@shop.example', 4, 403, 403),
        ],
    )
    def test_application_passwords_open_the_api_as_far_as_the_role_goes(
        self, tenant, nobody, login, number, reads, writes
    ):
        bring_in(tenant)
        password, stored = APPLICATIONS[number]
        headers = basic(login, ' '.join((password[:8], password[8:])))
        assert nobody.get('/customers', headers=headers).status_code == reads
        made = nobody.post('/customers', {'name': 'Made by a WordPress user'}, headers=headers)
        assert made.status_code == writes
        digests = {row.digest for row in ApplicationPassword.select(ApplicationPassword.digest)}
        assert (stored in digests) is stored.startswith('$generic$')

    def test_a_suspended_tenants_people_read_only(self, tenant, nobody):
        bring_in(tenant)
        actor = system_actor('test', company_place(1))
        change_status(tenant.tenant_id, 'suspended', actor=actor)
        headers = basic('manager', APPLICATIONS[5][0])
        assert nobody.get('/customers', headers=headers).status_code == 200
        assert nobody.post('/customers', {'name': 'x'}, headers=headers).status_code == 403
        change_status(tenant.tenant_id, 'active', actor=actor)


class TestTwice:
    def test_is_the_same_as_once(self, tenant):
        bring_in(tenant)
        before = snapshot(tenant)
        again = bring_in(tenant)
        assert snapshot(tenant) == before
        assert (again.users_created, again.users_known, again.users_skipped) == (0, 9, 7)
        assert (again.application_passwords_created, again.application_passwords_known) == (0, 5)
        assert (again.roles, again.roles_unknown) == ({}, {})

    def test_what_changed_meanwhile_stays(self, tenant):
        bring_in(tenant)
        assert sign_in('manager', 'old-md5')
        user, _ = people_of(tenant)['ed']
        Membership.update(role='readonly').where(Membership.user == user).execute()
        User.update(display_name='Édith').where(User.id == user.id).execute()
        before = snapshot(tenant)
        bring_in(tenant)
        assert snapshot(tenant) == before

    def test_an_application_password_revoked_meanwhile_stays_revoked(self, tenant, nobody):
        bring_in(tenant)
        row = till(tenant)
        admin = basic(tenant.username, tenant.application_password)
        path = f'/wp-json/wp/v2/users/{row.user_id}/application-passwords/{row.uid}'
        answer = nobody.client.simulate_delete(path, headers=admin, host='localhost')
        assert answer.json.get('deleted') is True, answer.text
        again = bring_in(tenant)
        assert (again.application_passwords_created, again.application_passwords_known) == (0, 5)
        assert till(tenant) is None
        RevokedPassword.delete().execute()

    def test_an_application_password_made_meanwhile_is_added(self, tenant):
        bring_in(tenant)
        ApplicationPassword.delete().where(ApplicationPassword.name == 'Till').execute()
        again = bring_in(tenant)
        assert (again.application_passwords_created, again.application_passwords_known) == (1, 4)

    @pytest.mark.parametrize('after', [0, 1, 3])
    def test_killed_half_way_and_run_again(self, tenant, second, monkeypatch, after):
        done = []
        announce = wp_import.announce_later

        def announce_some(*given):
            if len(done) == 2 * after + 1:
                raise KeyboardInterrupt
            done.append(given)
            announce(*given)

        monkeypatch.setattr(wp_import, 'BATCH', 2)
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(wp_import, 'announce_later', announce_some)
            bring_in(tenant)
        assert len(people_of(tenant)) == 2 * after
        report = bring_in(tenant)
        assert (report.users_created, report.users_known) == (9 - 2 * after, 2 * after)
        assert snapshot(tenant) == once(tenant)


def once(tenant):
    """What one undisturbed run makes of the same tenant."""
    forget(tenant)
    bring_in(tenant)
    return snapshot(tenant)


class TestClash:
    def test_nobody_of_another_tenant_is_touched(self, tenant, second):
        bring_in(tenant)
        before = snapshot(tenant)
        report = bring_in(second)
        assert snapshot(tenant) == before
        assert report.users_created == 9
        assert report.renamed['admin'] == f'admin_{second.slug}'
        assert set(people_of(second)) == {f'{login}_{second.slug}' for login in people_of(tenant)}
        again = bring_in(second)
        assert (again.users_created, again.users_known) == (0, 9)
        assert again.renamed == report.renamed
        assert again.application_passwords_created == 0

    def test_a_cloned_sites_application_passwords_work_in_each(self, tenant, second, nobody):
        bring_in(tenant)
        assert bring_in(second).application_passwords_created == 5
        keys = {t.slug: Api(nobody.client.app, t, wide_key(t)) for t in (tenant, second)}
        for login, own in (('manager', tenant), (f'manager_{second.slug}', second)):
            headers = basic(login, APPLICATIONS[5][0])
            made = nobody.post('/customers', {'name': f'By {login}'}, headers=headers)
            found = keys[own.slug].get(f'/customers/{made.json["id"]}').json
            assert (made.status_code, found['name']) == (201, f'By {login}')

    def test_somebody_else_of_the_tenant_keeps_his_login(self, tenant):
        user = User.get(User.login == tenant.username)
        User.update(login='ADMIN').where(User.id == user.id).execute()
        report = bring_in(tenant)
        User.update(login=tenant.username).where(User.id == user.id).execute()
        assert report.skipped['login of somebody else in this tenant'] == 1
        assert report.application_passwords_created == 3
        assert User.get_by_id(user.id).password_hash == user.password_hash
        assert not ApplicationPassword.select().where(
            (ApplicationPassword.user == user) & (ApplicationPassword.name == 'Till')
        )

    def test_too_many_of_the_old_form(self, tenant, tmp_path):
        hashed = APPLICATIONS[3][1]
        listed = ''.join(
            f'i:{n};a:5:{{s:4:"uuid";s:36:"{uuid7()}";s:4:"name";s:2:"n{n % 10}";s:8:"password";'
            f's:34:"{hashed}";s:7:"created";i:1600000000;s:9:"last_used";i:{1700000000 + n};}}'
            for n in range(10)
        )
        value = f'a:10:{{{listed}}}'
        dump = tmp_path / 'many.sql'
        dump.write_text(
            'INSERT INTO `wp_usermeta` VALUES '
            "(1,1,'wp_capabilities','a:1:{s:6:\"editor\";b:1;}'),"
            f"(2,1,'_application_passwords','{value}');\n"
            f"INSERT INTO `wp_users` VALUES (1,'many','!','','m@m.example','','','',0,'');\n"
        )
        report = bring_in(tenant, dump)
        assert report.application_passwords_created == 8
        assert report.skipped == {
            'application password beyond the 8 last used of an old form': 2,
        }
        kept = ApplicationPassword.select().where(ApplicationPassword.name.startswith('n'))
        assert {row.name for row in kept} == {f'n{n}' for n in range(2, 10)}


class TestSeveralSites:
    FILE = DATA / 'two_sites.sql'

    def test_one_has_to_be_chosen(self, tenant):
        with pytest.raises(Invalid, match='choose one of blog_, wp_ with --prefix'):
            bring_in(tenant, self.FILE)
        with pytest.raises(Invalid, match='no users of WordPress under nope_'):
            bring_in(tenant, self.FILE, 'nope_')
        assert people_of(tenant) == {}

    @pytest.mark.parametrize(
        'prefix, roles',
        [
            ('blog_', {'blogger': 'editor'}),
            ('wp_', {'main': 'administrator'}),
            ('wp_2_', {'main': 'author', 'second': 'editor'}),
        ],
    )
    def test_chosen(self, tenant, prefix, roles):
        bring_in(tenant, self.FILE, prefix)
        assert {login: role for login, (_, role) in people_of(tenant).items()} == roles


class TestCsv:
    def test_a_folder_or_two_files(self, tenant):
        report = bring_in(tenant, DATA)
        assert {login: role for login, (_, role) in people_of(tenant).items()} == {
            'admin': 'administrator',
            'sub': 'subscriber',
        }
        assert report.application_passwords_created == 2
        assert report.problems == [
            'line 5: user row unreadable: 2 values for 10 columns',
            'line 6: no role on this site: lone',
        ]
        assert people_of(tenant)['sub'][0].display_name == 'Sub in two lines, "quoted"'
        assert people_of(tenant)['sub'][0].locale == 'fr_CA'
        again = bring_in(tenant, DATA / 'wp_users.csv', usermeta=DATA / 'wp_usermeta.csv')
        assert (again.users_created, again.users_known) == (0, 2)

    def test_without_meta_everybody_is_a_subscriber(self, tenant):
        report = bring_in(tenant, DATA / 'wp_users.csv')
        assert (report.roles, report.roles_unknown) == ({'subscriber': 3}, {'none': 3})

    def test_another_name_and_another_separator(self, tenant, tmp_path):
        users = tmp_path / 'people.csv'
        users.write_text('user_login;ID;user_pass;user_email\nann;1;*;ann@x.example\n', 'utf-8-sig')
        meta = tmp_path / 'meta.csv'
        meta.write_text(
            'user_id;meta_key;meta_value\n1;abc_capabilities;"a:1:{s:6:""editor"";b:1;}"\n'
        )
        bring_in(tenant, users, usermeta=meta)
        user, role = people_of(tenant)['ann']
        assert (user.email, user.display_name, role) == ('ann@x.example', 'ann', 'editor')

    def test_several_sites_in_a_meta_file_without_a_prefix(self, tenant, tmp_path):
        users, meta = tmp_path / 'people.csv', tmp_path / 'meta.csv'
        users.write_text('ID,user_login,user_pass\n1,ann,*\n')
        meta.write_text(
            'user_id,meta_key,meta_value\n1,wp_capabilities,a:0:{}\n1,wp_2_capabilities,a:0:{}\n'
        )
        with pytest.raises(Invalid, match='several sites'):
            bring_in(tenant, users, usermeta=meta)
        assert bring_in(tenant, users, 'wp_2_', meta).users_created == 1


class TestRefused:
    @pytest.mark.parametrize(
        'text, why',
        [
            ('', 'no users of WordPress'),
            ('INSERT INTO `wp_posts` VALUES (1);\n', 'no users of WordPress'),
            ("INSERT INTO `wp_users` VALUES (1,'a','b", 'not whole: the file ends inside a value'),
            ("INSERT INTO `wp_users` VALUES (1,'a'", 'not whole: the file ends inside a row'),
            ("INSERT INTO `wp_users` VALUES (1,'a')", 'not whole: the file ends inside an INSERT'),
            ("INSERT INTO `wp_posts` VALUES (1,'a", 'not whole: the file ends inside a'),
            ('/* half a comment', 'not whole: the file ends inside a comment'),
        ],
    )
    def test_before_anything_is_written(self, tenant, tmp_path, text, why):
        dump = tmp_path / 'half.sql'
        whole = DUMP.read_text('latin-1') if 'wp_posts' in text and 'ends' in why else ''
        dump.write_text(whole + text, 'latin-1')
        with pytest.raises(Invalid, match=why):
            bring_in(tenant, dump)
        assert people_of(tenant) == {}

    def test_a_dump_cut_off_anywhere_in_a_statement(self, tenant, tmp_path):
        whole = DUMP.read_bytes()
        dump = tmp_path / 'half.sql'
        for end in range(len(whole) // 3, whole.index(b'/*!40103 SET TIME'), 997):
            dump.write_bytes(whole[:end])
            if not whole[:end].rstrip().endswith((b';', b'*/')):
                with pytest.raises(Invalid, match='not whole|no users'):
                    bring_in(tenant, dump)
        assert people_of(tenant) == {}

    def test_wrong_files(self, tenant, tmp_path):
        with pytest.raises(Invalid, match=r'needs one file \*users\.csv, it has 0'):
            bring_in(tenant, tmp_path)
        other = tmp_path / 'other.csv'
        other.write_text('a,b\n1,2\n')
        with pytest.raises(Invalid, match='needs a header with ID, user_login, user_pass'):
            bring_in(tenant, other)
        with pytest.raises(Invalid, match='goes with a CSV file'):
            bring_in(tenant, DUMP, usermeta=DATA / 'wp_usermeta.csv')
        (tmp_path / 'cut.sql').write_bytes(gzip.compress(DUMP.read_bytes())[:-20])
        with pytest.raises(Invalid, match='not whole'):
            bring_in(tenant, tmp_path / 'cut.sql')


class TestCommand:
    def test_one_line_for_people_one_object_for_programs(self, tenant, server):
        done = karvo(server, 'import', 'wordpress', str(DUMP), '--tenant', tenant.slug)
        assert done.returncode == 0
        [line] = done.stdout.splitlines()
        assert line.startswith('users: 9 created, 0 known, 7 skipped; roles: administrator 1,')
        assert 'application passwords: 5 created, 0 known; skipped: ' in line
        assert 'unknown roles, now subscribers: none 1, wpseo_manager 1' in line
        assert 'need a new password: 1' in line
        assert 'line 89: user row unreadable: 3 values for 10 columns' in done.stderr
        again = karvo(server, 'import', 'wordpress', str(DUMP), '--tenant', tenant.slug, '--json')
        report = json.loads(again.stdout)
        assert (report['users_created'], report['users_known']) == (0, 9)
        for text in (done.stdout, done.stderr, again.stdout, again.stderr):
            secrets = ('$P$', '$wp$', '$2y$', '$generic$', 'ca8a8f24')
            assert not [secret for secret in secrets if secret in text]

    def test_refusals_exit_1_and_wrong_usage_2(self, tenant, server, tmp_path):
        (tmp_path / 'empty.sql').write_text('')
        asked = ('import', 'wordpress', str(tmp_path / 'empty.sql'))
        refused = karvo(server, *asked, '--tenant', tenant.slug)
        assert (refused.returncode, refused.stdout) == (1, '')
        assert refused.stderr == 'Error: the file holds no users of WordPress\n'
        assert karvo(server, *asked).returncode == 2
