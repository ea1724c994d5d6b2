/** What radclient, with its own dictionaries, and the npm package `radius` say to a daemon on sockets of both protocols. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BillView, NetworkSessionView, Page } from '../../daemon/contract.ts';
import { peer, peerRequest } from '../fixtures/radius-peer.ts';
import { Api } from './api.ts';
import { makeFolder, type RunningProcess, radiusSecret, startProcess, type TestFolder } from './daemon-process.ts';
import { findPeer } from './peers.ts';
import { radclient } from './radclient.ts';

const program = findPeer('radclient');
const newSecret = 'the-secret-that-follows-0123456789';
/** Simulated minutes run by in a tenth of a second. */
const speed = 600;
let folder: TestFolder;
let daemon: RunningProcess;
let api: Api;

beforeAll(async () => {
  folder = makeFolder(0, {
    clock: { start: '2026-03-10T12:00:00Z', speed },
    radius: {
      host: '::',
      port: 0,
      staleAfterMinutes: 30,
      dictionaries: ['own.dictionary'].map((name) => join(folderOfDictionaries(), name)),
      clients: [
        { cidr: '127.0.0.0/8', name: 'four', secrets: [radiusSecret, newSecret] },
        { cidr: '::1/128', name: 'six', secret: radiusSecret, separateIpv6Octets: 'add' },
      ],
    },
  });
  daemon = await startProcess(folder.configFile);
  api = await Api.signedIn(daemon.url);
  await api.putPlan('metered', new URL('./plans/metered.xml', import.meta.url));
});

let dictionaries: TestFolder | null = null;
function folderOfDictionaries(): string {
  dictionaries ??= makeFolder(0);
  writeFileSync(
    join(dictionaries.path, 'own.dictionary'),
    'attribute 5 NAS-Port integer keep\nvendor 14988 Mikrotik\nattribute 9 Own-Realm text\n',
  );
  return dictionaries.path;
}

afterAll(async () => {
  await daemon?.stop();
  folder?.remove();
  dictionaries?.remove();
});

const base = (user: string, session: string, status: string, more: Record<string, string | number> = {}) => ({
  'User-Name': user,
  'Acct-Session-Id': session,
  'Acct-Status-Type': status,
  'NAS-Identifier': 'bras-1',
  ...more,
});

const quantities = (bill: BillView) => Object.fromEntries(bill.lines.map((line) => [line.label, line.baseQuantity]));

async function sessionsOf(account: string): Promise<readonly NetworkSessionView[]> {
  return (await api.json<Page<NetworkSessionView>>('GET', `/api/accounts/${account}/sessions`)).items;
}

test.skipIf(program === null)('a Status-Server is answered, and is no record', async () => {
  for (const [host, secret] of [
    ['127.0.0.1', radiusSecret],
    ['127.0.0.1', newSecret],
    ['[::1]', radiusSecret],
  ] as const) {
    const lines = ['Message-Authenticator = 0x00'];
    const asked = { kind: 'status', host, secret, lines, attributes: {}, port: daemon.radiusPort } as const;
    expect(await radclient(program!, asked)).toMatchObject({ answered: true });
  }
  const { collectors, partition } = await api.health();
  expect([collectors[0]?.received, collectors[0]?.difference, partition.logged]).toEqual([0, 0, 0]);
});

test.skipIf(program === null)('attributes of vendors are kept by name, and say what the session is', async () => {
  await api.createAccount({ id: 'ann', plan: 'metered', logins: ['ann'] });
  const lines = [
    'NAS-Port = 7',
    'NAS-Port-Type = Ethernet',
    'Class = 0x676f6c64',
    'Framed-IPv6-Prefix = 2001:db8:1::/64',
    'Framed-IPv6-Prefix = 2001:db8:2::/64',
    'Delegated-IPv6-Prefix = 2001:db8:ff00::/56',
    'Framed-IPv6-Address = 2001:db8:1::9',
    'ERX-Service-Session = "video"',
    'ERX-Ingress-Policy-Name = "10M"',
    'Huawei-Domain-Name = "isp"',
    'Alc-SLA-Prof-Str = "gold"',
    'Cisco-AVPair = "connect-progress=Call Up"',
    'WISPr-Location-Name = "Hall"',
    '3GPP-IMSI = "262019876543210"',
    '3GPP-RAT-Type = 6',
    'Mikrotik-Realm = "hotspot"',
    'Mikrotik-Host-IP = 10.0.0.7',
    'Operator-NAS-Identifier = 0x6161',
  ];
  const attributes = base('ann', 'V-1', 'Start', { 'Framed-IP-Address': '192.0.2.7' });
  expect(await radclient(program!, { port: daemon.radiusPort, attributes, lines })).toMatchObject({ answered: true });
  await api.rated();
  const [session] = await sessionsOf('ann');
  expect(session).toMatchObject({ id: 'V-1', device: 'four/bras-1', login: 'ann' });
  expect(session?.attributes).toEqual({
    'NAS-Port': '7',
    'NAS-Port-Type': 'Ethernet',
    Class: '0x676f6c64',
    'Framed-IP-Address': '192.0.2.7',
    'Framed-IPv6-Prefix': '2001:db8:1::/64\n2001:db8:2::/64',
    'Delegated-IPv6-Prefix': '2001:db8:ff00::/56',
    'Framed-IPv6-Address': '2001:db8:1::9',
    'ERX-Service-Session': 'video',
    'ERX-Ingress-Policy-Name': '10M',
    'HW-Domain-Name': 'isp',
    'Alc-SLA-Prof-Str': 'gold',
    'Cisco-AVPair:connect-progress': 'Call Up',
    'WISPr-Location-Name': 'Hall',
    '3GPP-IMSI': '262019876543210',
    '3GPP-RAT-Type': 'EUTRAN',
    'Own-Realm': 'hotspot',
    'Mikrotik-Host-IP': '10.0.0.7',
    'Operator-NAS-Identifier': '0x6161',
  });
});

test.skipIf(program === null)(
  'octets of IPv6 counted apart are added for the client of which that was said',
  async () => {
    await api.createAccount({ id: 'bea', plan: 'metered', logins: ['bea'] });
    const counters = {
      'Acct-Output-Octets': 1_000,
      'Acct-Input-Octets': 100,
      'ERX-IPv6-Acct-Output-Octets': 70,
      'ERX-IPv6-Acct-Input-Octets': 7,
    };
    for (const [host, session] of [
      ['127.0.0.1', 'I-4'],
      ['[::1]', 'I-6'],
    ] as const) {
      const attributes = base('bea', session, 'Stop', counters);
      expect(await radclient(program!, { port: daemon.radiusPort, host, attributes })).toMatchObject({
        answered: true,
      });
    }
    await api.rated();
    expect(quantities(await api.bill('bea'))).toEqual({ Download: '2070', Upload: '207' });
  },
);

test('the npm package, over IPv6, gets an answer it can verify', async () => {
  await api.createAccount({ id: 'cid', plan: 'metered', logins: ['cid'] });
  const socket = createSocket('udp6');
  const request = peerRequest(radiusSecret, [
    ['User-Name', 'cid'],
    ['Acct-Status-Type', 'Stop'],
    ['Acct-Session-Id', 'P-1'],
    ['Acct-Session-Time', 60],
  ]);
  socket.send(request, daemon.radiusPort, '::1');
  const [response] = (await once(socket, 'message')) as [Buffer];
  expect(peer.verify_response({ request, response, secret: radiusSecret })).toBe(true);
  socket.close();
  await api.rated();
  expect(quantities(await api.bill('cid'))).toEqual({ Time: '60' });
  // It named no NAS, so the device is where it sent from.
  expect((await sessionsOf('cid')).map(({ device }) => device)).toEqual(['six/::1']);
});

test.skipIf(program === null)('a session that falls silent is closed, and goes on when it speaks', async () => {
  await api.createAccount({ id: 'dan', plan: 'metered', logins: ['dan'] });
  const tell = (status: string, more: Record<string, string | number> = {}) =>
    radclient(program!, { port: daemon.radiusPort, attributes: base('dan', 'Q-1', status, more) });
  const how = async () => {
    await api.rated();
    return (await sessionsOf('dan')).map(({ open, closedBy, octetsIn }) => [open, closedBy, octetsIn]);
  };
  await tell('Start');
  await tell('Interim-Update', { 'Acct-Output-Octets': 500 });
  await expect.poll(how, { timeout: 20_000 }).toEqual([[false, 'silence', '500']]);
  await tell('Interim-Update', { 'Acct-Output-Octets': 900 });
  expect((await how()).map(([, , octetsIn]) => octetsIn)).toEqual(['900']);
  await tell('Stop', { 'Acct-Output-Octets': 1_000 });
  expect(await how()).toEqual([[false, 'stop', '1000']]);
  expect(quantities(await api.bill('dan'))).toEqual({ Download: '1000' });
});
