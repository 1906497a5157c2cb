"use strict";
// The page works without this: it only shows the picture that was chosen, and that it is on its way.
const input = document.getElementById("photo");
const preview = document.getElementById("preview");
const send = document.getElementById("send");
const said = send.textContent;
input.addEventListener("change", () => {
  URL.revokeObjectURL(preview.src);
  preview.hidden = input.files.length === 0;
  if (!preview.hidden) preview.src = URL.createObjectURL(input.files[0]);
});
preview.addEventListener("error", () => { preview.hidden = true; });
input.form.addEventListener("submit", () => {
  send.textContent = send.dataset.sending;
  send.disabled = true;
});
window.addEventListener("pageshow", () => {
  send.textContent = said;
  send.disabled = false;
});
