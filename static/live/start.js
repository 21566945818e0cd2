// Puts the parts together: the only module that knows all of them.
import { body, coalesced, panes, timelineOf, wantsLists } from "./page.js";
import { Connection } from "./socket.js";
import { Outbox } from "./outbox.js";
import { post } from "./post.js";
import * as positions from "./positions.js";
import * as banner from "./banner.js";
import { applyEvent, compareHeads, reload, showVerbs } from "./feed.js";
import { drawPending, dropPending, pendingOf } from "./pending.js";
import { giveBack, listenForWriting, openComposer } from "./composer.js";
import { listenForAddress, listenForUnfolding, openTimeline } from "./timeline.js";
import { listenForOlder } from "./older.js";
import { listenForForms } from "./forms.js";
import { listenForKeys } from "./keys.js";
import { listenForChoosing } from "./bulk.js";
import { listenForFilters } from "./filters.js";
import { listenForReplies } from "./replies.js";
import { listenForPrint } from "./print.js";
import { listenForZones } from "./zone.js";
import { listenForAmending, offerAmending } from "./amend.js";
import { listenForCopying } from "./copy.js";
import { listenForTicks, tickAgain } from "./ticks.js";
import { listenForFiles } from "./attach.js";
import { listenForPictures } from "./pictures.js";
import { listenForLines, showSums } from "./editor.js";
import { markMine, refreshDays } from "./entries.js";
import { localize, refreshAgo } from "./times.js";
import { arrangeRows, readTotal, refreshRows, showBadge, showList } from "./rows.js";
import { forgetMarks, startReading } from "./reading.js";
import { showPresence, showTyping } from "./people.js";
import { refuseStale } from "./swap.js";
import { language } from "./texts.js";
import { listenForNews } from "./news.js";
import { followPush, offerPush, proposeZone } from "./push.js";

let connection, outbox, look, isLive = false, fresh = false;

export function start() {
  refuseStale();
  listenForForms(() => isLive);
  listenForOlder();
  listenForAddress();
  listenForUnfolding();
  listenForKeys();
  listenForChoosing();
  listenForFilters();
  listenForReplies();
  listenForPrint();
  listenForZones();
  listenForCopying();
  proposeZone();
  followPush().catch(() => {});
  listenForTicks();
  listenForPictures();
  listenForLines();
  if (body().person && body().live) goLive();
  document.addEventListener("htmx:after:process", (event) => { enhance(event.target); settle(); });
  setInterval(() => { refreshAgo(); refreshDays(); }, 30_000);
  enhance(document.body);
  positions.follow();
  openParts();
  readTotal();
  connection?.open();
}

function goLive() {
  const url = new URL(body().live, location.href);
  url.protocol = url.protocol.replace("http", "ws");
  connection = new Connection(url, { opened, frame, lost, ended });
  outbox = new Outbox(body().person, {
    isOpen: () => isLive, send: (frame) => connection.send(frame), post, changed, signedOut: () => banner.ended(4401),
  });
  look = startReading((frame) => isLive && connection.send(frame));
  listenForWriting({
    send: (item) => outbox.add(item),
    typing: (order, note) => isLive && connection.send({ type: "typing", order, ...(note && { note: true }) }),
  });
  document.addEventListener("click", answerFailed);
  listenForAmending();
  listenForFiles();
  listenForNews();
  wakeUp();
  banner.away();
}

function changed(item, state, detail) {
  drawPending(item, state, detail);
  if (state === "sent" && item.do === "messages.send") offerPush(item.order);
}

function wakeUp() {
  addEventListener("online", () => connection.wake());
  addEventListener("offline", () => connection.wake());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) connection.wake(); });
  addEventListener("pagehide", (event) => { if (event.persisted) connection.rest(); });
  addEventListener("pageshow", (event) => { if (event.persisted) awake(); });
}

function awake() {
  refreshAgo();
  refreshDays();
  banner.back();
  banner.away();
  connection.wake();
}

// What the server sends and what the page shows

function resume() {
  connection.send({
    type: "resume", epoch: body().epoch, orders: positions.all(), ...(wantsLists() && { inbox: true }), html: language(),
  });
}

function opened() {
  fresh = true;
  resume();
}

function lost() {
  if (isLive) outbox.lost();
  isLive = false;
  forgetMarks();
  banner.away();
}

function ended(code) {
  banner.ended(code);
}

const FRAMES = {
  hello: greeted,
  event: (frame) => {
    if (applyEvent(frame, resume)) look();
    if (frame.cid) outbox.stored(frame.cid);
  },
  reset: ({ order }) => reload(order, resume),
  ack: ({ cid }) => outbox.stored(cid),
  nack: ({ cid, code, detail, retry_after: pause }) => outbox.refused(cid, code, detail, pause),
  list: showList,
  badge: showBadge,
  heads: ({ orders }) => compareHeads(orders, resume),
  typing: showTyping,
  presence: showPresence,
};

function frame(frame) {
  FRAMES[frame.type]?.(frame);
}

function greeted({ epoch, heads }) {
  isLive = true;
  follow(epoch);
  banner.back();
  compareHeads(heads ?? {}, resume);
  outbox.connected();
  look();
  if (fresh) refreshRows();
  fresh = false;
}

// After a restore the same numbers mean other entries: until the panes are read anew, the old epoch is the true one.
function follow(epoch) {
  if (!epoch || epoch === body().epoch) return;
  if (panes().length) panes().forEach((section) => reload(section.dataset.order, resume));
  else body().epoch = epoch;
}

function answerFailed(event) {
  const cid = event.target.closest?.(".entry.pending")?.dataset.cid;
  if (!cid) return;
  if (event.target.closest("[data-again]")) outbox.again(cid);
  if (!event.target.closest("[data-edit]")) return;
  const item = outbox.withdraw(cid);
  dropPending(cid);
  if (item) giveBack(item.order, item.do === "notes.add", item.data.text, item.files);
}

// What came into the page

function enhance(root) {
  if (!(root instanceof Element)) return;
  localize(root);
  markMine(root);
  tickAgain(root);
  showSums(root);
}

const settle = coalesced(() => {
  if (connection && positions.follow()) resume();
  openParts();
});

function openParts() {
  for (const section of panes()) {
    const { order } = section.dataset;
    showVerbs(order);
    const timeline = timelineOf(order);
    if (timeline) openTimeline(timeline);
    if (timeline && connection) offerAmending(timeline);
    if (connection) section.querySelectorAll("form[data-composer]").forEach(openComposer);
    outbox?.of(order).filter(({ cid }) => !pendingOf(cid)).forEach((item) => drawPending(item, item.failed ? "failed" : "waiting", item.failed));
  }
  arrangeRows();
}
