// The page's live side. One way: socket → positions → view; what people do goes out through the outbox.
import { start } from "./live/start.js";

start();
