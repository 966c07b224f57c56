// A click widens a part to the whole page: its ancestors grow with it, everything beside them hides.
const flame = document.querySelector(".flame");
flame.addEventListener("click", (event) => {
  const bar = event.target.closest("a");
  if (!bar) {
    return;
  }
  flame.querySelectorAll(".part").forEach((part) => part.classList.remove("all", "out"));
  for (let part = bar.parentElement; part !== flame; part = part.parentElement) {
    if (!part.classList.contains("part")) {
      continue;
    }
    part.classList.add("all");
    for (const other of part.parentElement.children) {
      if (other !== part && other.classList.contains("part")) {
        other.classList.add("out");
      }
    }
  }
});
