export const getWaitSeconds = (values: readonly string[]): number | undefined => {
  const m = /wait=(\d+)/.exec(values.join(','));
  return m ? Number(m[1]) : undefined;
};
