// A page without a room in its address makes one, and is alone there: two panes from the first paint on.
// A script of its own, because modules run only after that.
if (!new URLSearchParams(location.search).get("room") && location.hash.length < 2) {
  document.documentElement.dataset.fresh = "";
}
