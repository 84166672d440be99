/** Load this before a program (`--import`) to limit its network to the hostnames in the variable `PRELOADED_NETWORK`. */
import { installNetwork } from './install-network.ts';

installNetwork({ table: JSON.parse(process.env.PRELOADED_NETWORK ?? '{}') });
