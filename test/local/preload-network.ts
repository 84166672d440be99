/** To be loaded before a program (`--import`): it then runs in a network that has the names of this variable and no others. */
import { installNetwork } from '../../local/gateway/functions/install-network.ts';

installNetwork({ table: JSON.parse(process.env.TEST_NETWORK ?? '{}') });
