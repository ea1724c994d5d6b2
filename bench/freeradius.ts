/**
 * FreeRADIUS 3.2 as a peer, three times: answering without keeping anything, writing its detail file, and writing to
 * PostgreSQL with the queries it ships. Its configuration is written from scratch; thread pool and connection pool are
 * those of its own default configuration.
 */
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startNas, UseAuditor } from '../simulator/index.ts';
import type { GeneratorRun } from './generator.ts';
import { findProgram } from './installed.ts';
import { type PostgresCluster, postgresMissing, startPostgres } from './postgres.ts';
import { freePort, startServerProcess, untilReady } from './server-process.ts';
import type { RunningServer, ServerUnderTest, Settled } from './server-under-test.ts';

const secret = 'bench secret of 24 octets';
const libraryFolders = ['/usr/lib/freeradius', '/usr/lib64/freeradius', '/usr/local/lib'];
const configurationFolders = ['/etc/freeradius/3.0', '/etc/raddb', '/usr/local/etc/raddb'];
const receiveBufferBytes = 4 * 1024 * 1024;

interface Handler {
  readonly name: string;
  readonly does: string;
  readonly missing?: () => string | null;
  /** Sections `modules` and the content of `preacct` and `accounting`. */
  readonly modules: (folder: string, cluster: PostgresCluster | null) => string;
  /** Modules that must be loaded before the others. */
  readonly instantiate?: string;
  readonly preacct: string;
  readonly accounting: string;
  readonly needsPostgres?: boolean;
  readonly settle?: (run: GeneratorRun, cluster: PostgresCluster | null) => Promise<Settled>;
}

export function freeradiusServers(): ServerUnderTest[] {
  return [nullHandler, detailHandler, sqlHandler].map(serverWith);
}

const nullHandler: Handler = {
  name: 'freeradius-null',
  does: 'nothing kept',
  modules: () => 'always ok {\n  rcode = ok\n}',
  preacct: 'ok',
  accounting: 'ok',
};

const detailHandler: Handler = {
  name: 'freeradius-detail',
  does: 'detail file, no fsync',
  modules: (folder) => `detail {\n  filename = ${folder}/detail\n  permissions = 0600\n  header = "%t"\n}`,
  preacct: '',
  accounting: 'detail',
};

const sqlHandler: Handler = {
  name: 'freeradius-postgresql',
  does: 'a row, committed; no rating',
  missing: () => postgresMissing() ?? (stockFile('queries.conf') ? null : 'freeradius-postgresql is not installed'),
  needsPostgres: true,
  // The shipped queries use the string functions of the module expr.
  modules: (_folder, cluster) => `expr {
}
sql {
  dialect = "postgresql"
  driver = "rlm_sql_postgresql"
  server = "127.0.0.1"
  port = ${cluster!.port}
  login = "radius"
  radius_db = "radius"
  acct_table1 = "radacct"
  acct_table2 = "radacct"
  postauth_table = "radpostauth"
  authcheck_table = "radcheck"
  groupcheck_table = "radgroupcheck"
  authreply_table = "radreply"
  groupreply_table = "radgroupreply"
  usergroup_table = "radusergroup"
  client_table = "nas"
  group_attribute = "SQL-Group"
  read_groups = no
  read_profiles = no
  read_clients = no
  delete_stale_sessions = yes
  pool {
    start = 5
    min = 3
    max = 32
    spare = 10
    uses = 0
    retry_delay = 30
    lifetime = 0
    idle_timeout = 60
  }
  $INCLUDE ${stockFile('queries.conf')}
}`,
  instantiate: 'expr',
  // The policy acct_unique of the default configuration, without its Class variant.
  preacct: `update request {
      &Acct-Unique-Session-Id := "%{md5:%{User-Name},%{Acct-Session-ID},%{%{NAS-IPv6-Address}:-%{NAS-IP-Address}},%{NAS-Identifier},%{NAS-Port-ID},%{NAS-Port}}"
    }`,
  accounting: 'sql',
  settle: settleSql,
};

/** Compares the octets in `radacct` with the ack log's. */
async function settleSql(run: GeneratorRun, cluster: PostgresCluster | null): Promise<Settled> {
  const sum = await cluster!.ask('SELECT coalesce(sum(AcctInputOctets + AcctOutputOctets), 0) FROM radacct');
  let expected = 0n;
  const auditor = new UseAuditor();
  for await (const record of run.acked()) auditor.add(record);
  for (const { octetsIn, octetsOut } of auditor.totals.values()) expected += octetsIn + octetsOut;
  const missing = expected - BigInt(sum);
  return { ratedPerSecond: null, lost: missing === 0n ? '0' : `${missing} octets`, notes: [] };
}

function serverWith(handler: Handler): ServerUnderTest {
  return {
    name: handler.name,
    does: handler.does,
    async missing() {
      if (!findProgram('freeradius') && !findProgram('radiusd')) return 'FreeRADIUS is not installed';
      if (!libraryFolder()) return `FreeRADIUS's modules are not in ${libraryFolders.join(', ')}`;
      return handler.missing?.() ?? null;
    },
    start: (folder) => start(handler, folder),
  };
}

async function start(handler: Handler, folder: string): Promise<RunningServer> {
  const cluster = handler.needsPostgres ? await startPostgres(folder) : null;
  try {
    if (cluster) await cluster.runFile(stockFile('schema.sql')!);
    const port = await freePort();
    await writeFile(join(folder, 'radiusd.conf'), configuration(handler, { folder, port, cluster }), { mode: 0o600 });
    const server = await startServerProcess({
      command: findProgram('freeradius') ?? findProgram('radiusd')!,
      args: ['-f', '-d', folder, '-l', join(folder, 'radius.log')],
      outputFile: join(folder, 'radius.log'),
    });
    await untilReady(server, () => answers(port));
    if (cluster) await cluster.ask('TRUNCATE radacct');
    return {
      port,
      secret,
      processIds: cluster ? [server.processId, cluster.processId] : [server.processId],
      async settle(run) {
        return handler.settle?.(run, cluster) ?? { ratedPerSecond: null, lost: '-', notes: [] };
      },
      async stop() {
        await server.stop();
        await cluster?.stop();
      },
    };
  } catch (error) {
    await cluster?.stop();
    throw error;
  }
}

/** One probing session answered: the server is up. */
async function answers(port: number): Promise<boolean> {
  const probe = startNas({
    ...{ host: '127.0.0.1', port, secret, users: 1, sessions: 1, interims: 0, interimSeconds: 60 },
    ...{ startSeconds: Math.floor(Date.now() / 1000) - 120, seed: 1, window: 1, timeoutMs: 100, retries: 2 },
    sessionPrefix: 'probe-',
  });
  return (await probe.done).ok;
}

function configuration(
  handler: Handler,
  { folder, port, cluster }: { folder: string; port: number; cluster: PostgresCluster | null },
): string {
  return `prefix = /usr
libdir = ${libraryFolder()}
logdir = ${folder}
run_dir = ${folder}
pidfile = ${folder}/radiusd.pid
max_request_time = 30
cleanup_delay = 5
max_requests = 65536
hostname_lookups = no
proxy_requests = no
log {
  destination = files
  file = ${folder}/radius.log
}
security {
  allow_core_dumps = no
  reject_delay = 0
}
client loopback {
  ipaddr = 127.0.0.0/8
  secret = "${secret}"
}
thread pool {
  start_servers = 5
  max_servers = 32
  min_spare_servers = 3
  max_spare_servers = 10
  max_requests_per_server = 0
}
modules {
${handler.modules(folder, cluster)}
}
instantiate {
  ${handler.instantiate ?? ''}
}
server accounting {
  listen {
    type = acct
    ipaddr = 127.0.0.1
    port = ${port}
    recv_buff = ${receiveBufferBytes}
  }
  preacct {
    ${handler.preacct}
  }
  accounting {
    ${handler.accounting}
  }
}
`;
}

function libraryFolder(): string | undefined {
  return libraryFolders.find((folder) => existsSync(join(folder, 'rlm_detail.so')));
}

/** A file of the PostgreSQL set that FreeRADIUS ships. */
function stockFile(name: string): string | undefined {
  return configurationFolders
    .map((folder) => join(folder, 'mods-config/sql/main/postgresql', name))
    .find((file) => existsSync(file));
}
