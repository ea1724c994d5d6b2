/** A signed-in client of meterd's HTTP API; any answer but 2xx is an error with the problem's words. */

export class ApiClient {
  readonly #base: string;
  #cookie = '';

  constructor(base: string) {
    this.#base = base;
  }

  async isReady(): Promise<boolean> {
    try {
      return (await fetch(`${this.#base}/readyz`)).ok;
    } catch {
      return false;
    }
  }

  async signIn(login: string, password: string): Promise<void> {
    const answer = await this.#send('POST', '/api/session', JSON.stringify({ login, password }), 'application/json');
    this.#cookie = answer.headers
      .getSetCookie()
      .map((cookie) => cookie.split(';')[0])
      .join('; ');
  }

  /** Asked once more where the connection breaks: a kept one may be closed just when it is used again. */
  async get<T>(path: string): Promise<T> {
    const answer = await this.#send('GET', path).catch((cause: unknown) => {
      if (!(cause instanceof TypeError)) throw cause;
      return this.#send('GET', path);
    });
    return answer.json() as Promise<T>;
  }

  async post<T>(path: string, body: unknown): Promise<T> {
    return (await this.#send('POST', path, JSON.stringify(body), 'application/json')).json() as Promise<T>;
  }

  async put(path: string, body: string, contentType: string): Promise<void> {
    const answer = await this.#send('PUT', path, body, contentType);
    await answer.arrayBuffer();
  }

  async #send(method: string, path: string, body?: string, contentType?: string): Promise<Response> {
    const answer = await fetch(this.#base + path, {
      method,
      headers: { cookie: this.#cookie, ...(contentType === undefined ? {} : { 'content-type': contentType }) },
      ...(body === undefined ? {} : { body }),
    });
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${(await answer.text()).slice(0, 500)}`);
    return answer;
  }
}
