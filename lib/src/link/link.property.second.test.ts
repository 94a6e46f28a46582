/** The other half of the runs. */
import { sweep } from "./simulated-seeds.ts";

sweep(1, 2);
