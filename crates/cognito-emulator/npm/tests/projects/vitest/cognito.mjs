import { globalSetup } from "cognito-emulator/vitest";

export default globalSetup({ seed: { Pools: [{ Id: "eu-west-1_Shop", Clients: [{}] }] } });
