/** The way of an exchange's datagrams, which who starts it may replace by a faster one. */
import { createSocket } from 'node:dgram';

export interface ExchangeSocket {
  /** Never throws; an error is told to `onError`. */
  send(request: Buffer): void;
  close(): void;
}

export interface ExchangeSocketOptions {
  readonly host: string;
  readonly port: number;
  /** `answer` is valid during the call only. */
  readonly onAnswer: (answer: Buffer) => void;
  readonly onError: () => void;
}

export type OpenExchangeSocket = (options: ExchangeSocketOptions) => Promise<ExchangeSocket>;

const receiveBufferBytes = 4 * 1024 * 1024;

/** A socket connected to its server: "connection refused" is told, and strangers' datagrams are not. */
export async function openConnectedSocket(options: ExchangeSocketOptions): Promise<ExchangeSocket> {
  const { host, port, onAnswer, onError } = options;
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('error', onError);
  socket.on('message', onAnswer);
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.connect(port, host, () => {
      socket.off('error', reject);
      resolve();
    });
  });
  socket.setRecvBufferSize(receiveBufferBytes);
  return {
    send(request) {
      try {
        socket.send(request);
      } catch {
        onError();
      }
    },
    close: () => socket.close(),
  };
}
