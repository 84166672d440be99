/** The hosts that the functions connect to, by what they are. */
export const getHostnames = (region: string) => ({
  tokenApi: `env.airflow.${region}.amazonaws.com`,
  webServer: `8a1b2c3d-0000-4000-8000-1a2b3c4d5e6f-vpce.c1.${region}.airflow.amazonaws.com`,
  lambda: `lambda.${region}.amazonaws.com`,
});
