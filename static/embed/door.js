// The frame of a visitor who has ordered nothing yet: it waits to be opened, and loads the rest only then.
import { listen, words } from "./site.js";

listen({ opened: () => location.replace(document.body.dataset.inside) }, () => ({ ...words(), unread: 0 }));
