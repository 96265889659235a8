import { readConfig } from '../../src/config/config.ts';

/** Every variable that readConfig asks for. */
export function findVariables(): string[] {
  const names = new Set<string>();
  const env = new Proxy<NodeJS.ProcessEnv>(
    {},
    {
      get(_target, name) {
        names.add(String(name));
        // OAuth on, since some variables are read only then.
        return /^OAUTH_(ISSUER|AUDIENCE|JWKS_URL)$/.test(String(name))
          ? 'https://issuer.example.com'
          : undefined;
      },
    },
  );
  readConfig(env);
  return [...names];
}
