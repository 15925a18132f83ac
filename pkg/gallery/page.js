"use strict";
(() => {
  const mails = JSON.parse(document.getElementById("data").textContent) || [];
  const links = [...document.querySelectorAll("#mails a")];
  if (mails.length === 0) return;

  const at = (id) => document.getElementById(id);
  let current = 0;
  let scheme = "light";

  // A mail asks its program for the colours; here the switch answers. The
  // question is replaced in the mail's styles, so that the page's own colours
  // and the browser's do not matter.
  const coloured = (html) => html
    .replace(/\(\s*prefers-color-scheme\s*:\s*(dark|light)\s*\)/g, (_, asked) => asked === scheme ? "(min-width: 0)" : "(max-width: 0)")
    .replace(/color-scheme\s*:\s*light dark/g, "color-scheme: " + scheme);

  // A phone's scroll bar takes no room, and on a desktop it is part of the
  // window: the mail has the width that the caption says.
  const frame = (id, html) => {
    const old = at(id);
    const fresh = old.cloneNode(); // a new frame begins at the top
    fresh.style.colorScheme = scheme;
    fresh.style.background = scheme === "dark" ? "#10141d" : "#fff";
    fresh.srcdoc = html + "<style>html { scrollbar-width: none; }</style>";
    old.replaceWith(fresh);
  };

  const header = (list, name, value) => {
    if (!value) return;
    const dt = document.createElement("dt");
    const dd = document.createElement("dd");
    dt.textContent = name;
    dd.textContent = value;
    list.append(dt, dd);
  };

  const show = (index) => {
    current = index;
    const mail = mails[index];
    at("mail").hidden = false;
    at("about").textContent = ["Opportunity " + mail.opportunity, mail.name, mail.kind].filter(Boolean).join(" · ");
    at("subject").textContent = mail.subject;
    const list = at("headers");
    list.replaceChildren();
    header(list, "From", mail.from);
    header(list, "To", (mail.to || []).join(", "));
    header(list, "Cc", (mail.cc || []).join(", "));
    header(list, "Reply-To", mail.replyTo);
    at("eml").href = mail.file + ".eml";
    at("html").href = mail.file + ".html";
    at("text").textContent = mail.text;
    const html = coloured(mail.html);
    frame("phone", html);
    frame("desktop", html);
    links.forEach((a, i) => i === index ? a.setAttribute("aria-current", "true") : a.removeAttribute("aria-current"));
    links[index].scrollIntoView({ block: "nearest" });
  };

  const open = (index) => {
    history.replaceState(null, "", "#" + (index + 1));
    show(index);
  };

  links.forEach((a, i) => a.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(i);
  }));

  for (const button of document.querySelectorAll("[data-scheme]")) {
    button.addEventListener("click", () => {
      scheme = button.dataset.scheme;
      for (const b of document.querySelectorAll("[data-scheme]")) b.setAttribute("aria-pressed", String(b === button));
      show(current);
    });
  }

  const visible = (i) => !links[i].parentElement.hidden;
  document.addEventListener("keydown", (event) => {
    if (event.target.matches("input")) return;
    const step = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1 }[event.key];
    if (!step) return;
    for (let i = current + step; i >= 0 && i < mails.length; i += step) {
      if (!visible(i)) continue;
      event.preventDefault();
      open(i);
      return;
    }
  });

  at("filter")?.addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase();
    mails.forEach((mail, i) => {
      const text = [mail.name, mail.subject, mail.kind, mail.opportunity, ...(mail.to || []), ...(mail.cc || [])].join(" ").toLowerCase();
      links[i].parentElement.hidden = !text.includes(wanted);
    });
  });

  const addressed = () => {
    const index = Number(location.hash.slice(1)) - 1;
    return index >= 0 && index < mails.length ? index : current;
  };
  window.addEventListener("hashchange", () => {
    if (addressed() !== current) show(addressed());
  });
  show(addressed());
})();
