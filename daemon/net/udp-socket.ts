/** UDP sockets with sized receive buffers, and what the kernel dropped nevertheless. */
import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
import { lookup } from 'node:dns';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';

export interface UdpPlaces {
  /** A socket each; `::` alone takes IPv4 as well. */
  readonly hosts: readonly string[];
  /** 0: the system chooses, one for all. */
  readonly port: number;
  readonly receiveBufferBytes: number;
}

/** Binds all or none. Rejects with what the system says. */
export async function openUdp({ hosts, port, receiveBufferBytes }: UdpPlaces): Promise<Socket[]> {
  const sockets: Socket[] = [];
  try {
    for (const host of hosts) {
      const isIpv6 = host.includes(':');
      const socket = createSocket({
        type: isIpv6 ? 'udp6' : 'udp4',
        // Beside a socket of its own for IPv4, that of IPv6 must leave it alone.
        ipv6Only: isIpv6 && hosts.length > 1,
        recvBufferSize: receiveBufferBytes,
        lookup: lookUpNames,
      });
      sockets.push(socket);
      await new Promise<void>((resolve, reject) => {
        socket.once('error', (cause: NodeJS.ErrnoException) => {
          const where = isIpv6 ? `[${host}]:${port}` : `${host}:${port}`;
          const why = cause.code === 'EADDRINUSE' ? 'another program listens there' : cause.message;
          reject(new Error(`${where} (UDP): ${why}`, { cause }));
        });
        socket.bind(sockets.length > 1 ? sockets[0]!.address().port : port, host, resolve);
      });
      socket.removeAllListeners('error');
    }
    return sockets;
  } catch (cause) {
    for (const socket of sockets) socket.close();
    throw cause;
  }
}

/** What is sent goes to an address, which needs no looking up: Node would do it a turn later. */
const lookUpNames: NonNullable<SocketOptions['lookup']> = (name, options, callback) => {
  const family = isIP(name);
  if (family === 0) lookup(name, options, callback);
  else callback(null, name, family);
};

/** A socket for both protocols tells IPv4 addresses as IPv6 ones (`::ffff:192.0.2.1`). */
export function plainAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address;
}

/**
 * Datagrams the kernel dropped for want of buffer at the sockets on that port since they were made, which proc(5) has in
 * the last column; null where it does not tell.
 */
export function kernelDropsAt(port: number): number | null {
  const portHex = port.toString(16).toUpperCase().padStart(4, '0');
  let drops: number | null = null;
  for (const file of ['/proc/net/udp', '/proc/net/udp6']) {
    for (const row of linesOf(file)) {
      const columns = row.trim().split(/\s+/);
      if (columns[1]?.endsWith(`:${portHex}`)) drops = (drops ?? 0) + Number(columns.at(-1));
    }
  }
  return drops;
}

function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(1);
  } catch {
    return [];
  }
}
