// Preloaded by the npm scripts that users run, and plain JavaScript: whatever is loaded after it need not be compiled twice.
import module from 'node:module';
import { join } from 'node:path';

// Where it cannot be written, as in a container, everything is compiled at each start.
module.enableCompileCache(join(import.meta.dirname, '../../node_modules/.cache/badge-groups'));
