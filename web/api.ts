/** The daemon's HTTP API as the pages use it: JSON in and out, every failure a `Problem` (RFC 9457). */
import type { Problem } from '../daemon/contract.ts';
import { en } from './messages.en.ts';

export interface Api {
  get<T>(path: string, signal?: AbortSignal): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T | null>;
  put(path: string, body: unknown): Promise<void>;
  patch<T>(path: string, body: unknown): Promise<T | null>;
  delete(path: string): Promise<void>;
}

/** A problem with what the answer's head says of it. */
export interface PageProblem extends Problem {
  /** Seconds to wait before the next try. */
  readonly retryAfterS?: number;
}

export class ProblemError extends Error {
  readonly problem: PageProblem;

  constructor(problem: PageProblem, cause?: unknown) {
    super(problem.detail ?? problem.title, { cause });
    this.problem = problem;
  }
}

export interface ApiOptions {
  readonly fetch?: typeof fetch;
  /** An answer said 401: the session is over. */
  readonly onSignedOut?: () => void;
}

export function createApi(options: ApiOptions = {}): Api {
  const ask = async (method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<unknown> => {
    const response = await send(options.fetch ?? fetch, path, {
      method,
      credentials: 'same-origin',
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal ? { signal } : {}),
    });
    if (response.ok) return await jsonOf(response);
    if (response.status === 401) options.onSignedOut?.();
    throw new ProblemError(await problemOf(response));
  };
  return {
    get: <T>(path: string, signal?: AbortSignal) => ask('GET', path, undefined, signal) as Promise<T>,
    post: <T>(path: string, body: unknown) => ask('POST', path, body) as Promise<T | null>,
    put: async (path, body) => void (await ask('PUT', path, body)),
    patch: <T>(path: string, body: unknown) => ask('PATCH', path, body) as Promise<T | null>,
    delete: async (path) => void (await ask('DELETE', path)),
  };
}

/** Any failure as a problem that can be shown. */
export function problemFrom(error: unknown): PageProblem {
  if (error instanceof ProblemError) return error.problem;
  const detail = error instanceof Error ? error.message : String(error);
  return { type: 'about:blank', title: en.problem.unexpected, status: 0, code: 'page.unexpected', detail };
}

async function send(fetchFrom: typeof fetch, path: string, init: RequestInit): Promise<Response> {
  try {
    return await fetchFrom(path, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    const { title, detail } = en.problem.unreachable;
    throw new ProblemError({ type: 'about:blank', title, status: 0, code: 'page.unreachable', detail }, error);
  }
}

async function jsonOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch (error) {
    const { title, detail } = en.problem.notJson;
    throw new ProblemError(
      { type: 'about:blank', title, status: response.status, code: 'page.not-json', detail },
      error,
    );
  }
}

async function problemOf(response: Response): Promise<PageProblem> {
  const { status } = response;
  const said = (await response.json().catch(() => null)) as Partial<Problem> | null;
  return {
    type: said?.type ?? 'about:blank',
    title: said?.title ?? en.problem.status(status),
    status,
    code: said?.code ?? `http.${status}`,
    ...(said?.detail ? { detail: said.detail } : {}),
    ...retryAfterOf(response),
  };
}

function retryAfterOf({ headers }: Response): Pick<PageProblem, 'retryAfterS'> {
  const text = headers.get('retry-after') ?? '';
  return /^\d{1,6}$/.test(text) ? { retryAfterS: Number(text) } : {};
}
