/** Where a server can be reached, as one would open it. */
export type Addresses = {
  readonly page: string;
  readonly webSocket: string;
  readonly metrics: string | undefined;
};

/** @param metrics host and port */
export function addressesOf(of: {
  host: string;
  port: number;
  wsPort: number;
  isTls: boolean;
  metrics: { host: string; port: number } | undefined;
}): Addresses {
  const s = of.isTls ? "s" : "";
  const { metrics } = of;
  return {
    page: `http${s}://${shown(of.host)}:${of.port}`,
    webSocket: `ws${s}://${shown(of.host)}:${of.wsPort}`,
    metrics: metrics && `http://${shown(metrics.host)}:${metrics.port}/metrics`,
  };
}

/** Lines for whoever started the server. */
export function greetingOf(
  version: string,
  { page, webSocket, metrics }: Addresses,
  data: { place: string; bus: string | undefined },
): string[] {
  return [
    `natter ${version}`,
    `  Page       ${page}`,
    `  WebSocket  ${webSocket}`,
    ...(metrics === undefined ? [] : [`  Metrics    ${metrics}`]),
    `  Data       ${data.place}`,
    ...(data.bus === undefined ? [] : [`  Bus        Redis at ${data.bus}`]),
  ];
}

function shown(host: string): string {
  if (["127.0.0.1", "0.0.0.0", "::", "::1"].includes(host)) return "localhost";
  return host.includes(":") ? `[${host}]` : host;
}
