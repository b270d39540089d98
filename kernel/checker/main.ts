/** The checker's process where there is no start-up snapshot. */
import { serve } from "./server";

serve();
