/** The bounds of a heartbeat in seconds; another value is moved to the nearest. */
const least = 30;
const most = 540;

/** Milliseconds until a Ping without its Pong means that the connection is dead. */
const patience = 10_000;

/** Pings while a session is open, and notices when the gate does not answer. */
export class Heartbeat {
  private readonly interval: number;
  private next: NodeJS.Timeout | undefined;
  private dead: NodeJS.Timeout | undefined;

  /** seconds is LoginOK.Heartbeat; ping sends one, silent is told at most once. */
  constructor(seconds: number, private readonly ping: () => void, private readonly silent: () => void) {
    this.interval = 1000 * Math.min(Math.max(seconds, least), most);
    this.plan();
  }

  /** Notes a Pong, which stands for all pings before. */
  pong(): void {
    clearTimeout(this.dead);
    this.dead = undefined;
  }

  /** Frees the timers. */
  stop(): void {
    clearTimeout(this.next);
    clearTimeout(this.dead);
  }

  private plan(): void {
    this.next = setTimeout(() => this.beat(), this.interval * (1 - Math.random() / 4));
  }

  private beat(): void {
    this.plan();
    this.dead ??= setTimeout(this.silent, patience);
    this.ping();
  }
}
