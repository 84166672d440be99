/** Load this before a program (`--import`) to limit its network to the hostnames in the variable `TEST_NETWORK`. */
import { installNetwork } from '../../local/gateway/functions/install-network.ts';

installNetwork({ table: JSON.parse(process.env.TEST_NETWORK ?? '{}') });
