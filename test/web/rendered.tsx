/** Renders pages into a document for tests, with a server made of answers by path and a socket that is spoken for. */
import { act, type ReactNode } from 'react';
import { createRoot } from 'react-dom/client';
import { afterEach, beforeEach, vi } from 'vitest';
import type { LiveMessage } from '../../daemon/contract.ts';
import { type Api, ProblemError } from '../../web/api.ts';
import { SessionProvider } from '../../web/session/session.tsx';

export type Answers = Readonly<Record<string, unknown>>;

/** Path to answer; an answer that is a function is called, one that is missing is a 404. */
export function apiOf(answers: Answers): Api {
  const answer = async (path: string): Promise<unknown> => {
    const given = answers[path] ?? answers[path.split('?')[0]!];
    if (given === undefined) throw problem(404, 'route.unknown', 'Not found');
    return typeof given === 'function' ? given() : given;
  };
  return {
    get: <T,>(path: string) => answer(path) as Promise<T>,
    post: <T,>(path: string) => answer(`POST ${path}`) as Promise<T>,
    put: async (path) => void (await answer(`PUT ${path}`)),
    patch: <T,>(path: string) => answer(`PATCH ${path}`) as Promise<T>,
    delete: async (path) => void (await answer(`DELETE ${path}`)),
  };
}

export function problem(status: number, code: string, title: string, detail?: string): ProblemError {
  return new ProblemError({ type: 'about:blank', title, status, code, ...(detail === undefined ? {} : { detail }) });
}

export async function rendered(page: ReactNode, api: Api): Promise<HTMLElement> {
  const place = document.body.appendChild(document.createElement('div'));
  const root = createRoot(place);
  unmounts.push(() => root.unmount());
  await act(async () => root.render(<SessionProvider api={api}>{page}</SessionProvider>));
  return place;
}

/** The page's WebSocket, played by the test. */
export class PlayedSocket {
  static last: PlayedSocket | null = null;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly texts: string[] = [];

  constructor() {
    PlayedSocket.last = this;
  }

  send(text: string): void {
    this.texts.push(text);
  }

  close(): void {}

  async open(): Promise<void> {
    await act(async () => this.onopen?.());
  }

  /** Says it and lets a repaint's interval pass. */
  async say(message: LiveMessage): Promise<void> {
    await act(async () => this.onmessage?.({ data: JSON.stringify(message) }));
    await act(async () => void vi.advanceTimersByTime(250));
  }

  async break(): Promise<void> {
    await act(async () => this.onclose?.());
    await act(async () => void vi.advanceTimersByTime(250));
  }
}

const unmounts: (() => void)[] = [];

/** Call once at the top of a test file. */
export function freshDocument(): void {
  beforeEach(() => {
    Object.assign(globalThis, { IS_REACT_ACT_ENVIRONMENT: true });
    vi.useFakeTimers({ now: Date.UTC(2026, 0, 15, 12) });
    vi.stubGlobal('WebSocket', PlayedSocket);
    PlayedSocket.last = null;
    history.replaceState(null, '', '/');
  });
  afterEach(() => {
    act(() => {
      for (const unmount of unmounts.splice(0)) unmount();
    });
    document.body.replaceChildren();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });
}

export async function pass(ms: number): Promise<void> {
  await act(async () => void vi.advanceTimersByTime(ms));
}
