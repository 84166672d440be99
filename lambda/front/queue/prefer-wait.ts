export declare const getWaitSeconds: (values: readonly string[]) => number | undefined;
