/** Who calls, as the credential says; everything a request reads or writes is inside this org. */
export interface Caller {
  readonly orgId: number;
  readonly userId: number;
  /** READ is what every caller has; WRITE is more. */
  readonly canWrite: boolean;
}
