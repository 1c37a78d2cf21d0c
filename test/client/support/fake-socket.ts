import type { SocketConstructor, SocketEvent } from "@natter/client";
import type { FakeConnection } from "../../../packages/server/src/simulation/fake-network.ts";
import type { FakeDevice } from "./fake-device.ts";
import type { World } from "./world.ts";

type Listener = (event: SocketEvent) => void;

/** WebSockets into the simulated network, for one tab. */
export class FakeSockets {
  readonly #world: World;
  /** The newest connection; older ones may still be about. */
  connection: FakeConnection | undefined;
  readonly #device: FakeDevice;

  constructor(world: World, device: FakeDevice) {
    this.#world = world;
    this.#device = device;
  }

  readonly WebSocket: SocketConstructor = ((sockets: FakeSockets) =>
    class {
      readonly #listeners = new Map<string, Listener[]>();
      #connection: FakeConnection | undefined;
      #isClosed = false;

      constructor(_url: string, _protocol: string) {
        const { clock, random } = sockets.#world;
        clock.after(random.between(0, 10), () => this.#connect());
      }

      addEventListener(type: string, listener: Listener): void {
        this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
      }

      send(data: string): void {
        this.#connection?.fromClient(data);
      }

      close(): void {
        this.#isClosed = true;
        this.#connection?.cut();
      }

      #connect(): void {
        if (this.#isClosed || sockets.#device.isDead) return;
        this.#connection = sockets.#world.connect({
          receive: (data) => {
            const [, code] = /^{"type":"error","code":"(\w+)"/.exec(data) ?? [];
            if (code !== undefined) sockets.#world.count(`refused: ${code}`);
            this.#tell("message", { data });
          },
          closed: (code) => this.#tell("close", { code, reason: "" }),
        });
        if (this.#connection === undefined) {
          this.#tell("error", {});
          this.#tell("close", { code: 1006, reason: "" });
          return;
        }
        sockets.connection = this.#connection;
        this.#tell("open", {});
      }

      #tell(type: string, event: SocketEvent): void {
        sockets.#device.run(() => {
          for (const listener of this.#listeners.get(type) ?? []) listener(event);
        });
      }
    })(this);
}
