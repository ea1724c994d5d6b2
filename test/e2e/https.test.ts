/** HTTPS by configuration: sign-in, a Secure cookie and the live socket over TLS, with a certificate made here. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { tempFolder } from '../fixtures/temp-folder.ts';
import { adminPassword, freeUdpPort, makeFolder, startProcess } from './daemon-process.ts';
import { findPeer } from './peers.ts';

const openssl = findPeer('openssl');

test.skipIf(openssl === null)('the daemon speaks HTTPS with the certificate and key it is given', async () => {
  const certificates = tempFolder();
  const [cert, key] = [join(certificates, 'cert.pem'), join(certificates, 'key.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const made = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1'];
  execFileSync(openssl!, [...made, ...subject, '-keyout', key, '-out', cert], { stdio: 'ignore' });
  const folder = makeFolder(await freeUdpPort(), { http: { port: 0, tls: { cert, key } } });
  const daemon = await startProcess(folder.configFile);
  onTestFinished(async () => {
    await daemon.stop();
    folder.remove();
  });
  expect(daemon.url).toMatch(/^https:/);
  const ca = readFileSync(cert);

  const cookie = await new Promise<string>((resolve, reject) => {
    const options = { method: 'POST', ca, headers: { 'content-type': 'application/json' } };
    const asked = request(`${daemon.url}/api/session`, options, (answer) => {
      answer.resume();
      expect(answer.statusCode).toBe(200);
      expect(answer.headers['strict-transport-security']).toContain('max-age');
      resolve(answer.headers['set-cookie']?.[0] ?? '');
    });
    asked.on('error', reject);
    asked.end(JSON.stringify({ login: 'admin', password: adminPassword }));
  });
  expect(cookie).toContain('Secure');
  expect(cookie).toContain('HttpOnly');

  const headers = { cookie: cookie.split(';')[0]! };
  const socket = new WebSocket(`${daemon.url.replace('https', 'wss')}/api/live`, { ca, headers });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  socket.close();
});
