/** The health page of a daemon that takes flows, in a real browser: both themes, phone and desktop. */
import { chromium } from 'playwright-core';
import { afterEach, expect, test } from 'vitest';
import { ExporterRun } from '../../simulator/index.ts';
import { exporterDefaults } from '../fixtures/flows.ts';
import {
  adminPassword,
  freeUdpPort,
  makeFolder,
  type RunningProcess,
  startProcess,
  type TestFolder,
} from './daemon-process.ts';
import { OpenedPage, type View } from './opened-page.ts';
import { findPeer } from './peers.ts';

const executablePath = findPeer('chromium');
let folder: TestFolder;
let daemon: RunningProcess;

afterEach(async () => {
  daemon.child.kill('SIGKILL');
  await daemon.ended;
  folder.remove();
});

test.skipIf(executablePath === null)('exporters and their losses are shown', async () => {
  const port = await freeUdpPort();
  folder = makeFolder(await freeUdpPort(), {
    netflow: { host: '127.0.0.1', port, exporters: ['127.0.0.0/8'], subscribers: ['10.0.0.0/8'] },
    flow: { windowMs: 100, holdMs: 100 },
  });
  daemon = await startProcess(folder.configFile);
  const exporters = [
    { ...exporterDefaults, startMs: Date.now(), loss: 0.1, duplicate: 0.1, reorder: 0.1 },
    { ...exporterDefaults, startMs: Date.now(), domain: 8, format: 'v5' as const },
  ];
  await new ExporterRun({ host: '127.0.0.1', port, exporters, ratePerSecond: 10_000 }).run();
  const browser = await chromium.launch({ executablePath: executablePath!, args: ['--no-sandbox'] });
  const views: View[] = [
    { theme: 'light', width: 1280 },
    { theme: 'dark', width: 390 },
  ];
  try {
    for (const view of views) {
      const opened = await OpenedPage.open(browser, `${daemon.url}/health`, view);
      await opened.signIn('admin', adminPassword);
      await opened.page.goto(`${daemon.url}/health`);
      await opened.page.getByText('NetFlow v5, 8').waitFor();
      await opened.page.getByText('Loss', { exact: true }).waitFor();
      await opened.isSound('health-flows');
      await opened.close();
    }
  } finally {
    await browser.close();
  }
  expect(daemon.output()).not.toContain('"level":50');
});
