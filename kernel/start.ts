/** Both processes behind the kernel, started by the mere import: they load while this one still loads ZeroMQ. */
import { Session } from "./session";

export const session: Session = new Session(process.cwd());
