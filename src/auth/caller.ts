/** Who calls, as the credential says; everything a request reads or writes is inside this org. */
export interface Caller {
  readonly orgId: number;
  readonly userId: number;
  readonly canWrite: boolean;
  /** The name of the API client; absent for a token. */
  readonly client?: string | undefined;
  /** The OAuth client that a token was issued to, where the issuer says so: free text of its. */
  readonly clientId?: string | undefined;
}
