/** Who calls, as the credential says; everything a request reads or writes is inside this org. */
export interface Caller {
  readonly orgId: number;
  readonly userId: number;
  readonly canWrite: boolean;
}
