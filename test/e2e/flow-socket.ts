/** Sends datagrams of flows as an exporter does. */
import { createSocket } from 'node:dgram';

export async function sendFlows(
  datagrams: readonly Uint8Array[],
  { port, from = '127.0.0.1' }: { readonly port: number; readonly from?: string },
): Promise<void> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, from, resolve));
  for (const bytes of datagrams)
    await new Promise<void>((resolve, reject) => {
      socket.send(bytes, port, '127.0.0.1', (error) => (error ? reject(error) : resolve()));
    });
  socket.close();
}
