// The time zone is most likely the browser's; where one was chosen already, that stays.
const zone = document.getElementById("timezone");
const ours = Intl.DateTimeFormat().resolvedOptions().timeZone;
const offered = [...zone.options].some(({ value }) => value === ours);
if (offered && !document.querySelector(".problem")) zone.value = ours;
