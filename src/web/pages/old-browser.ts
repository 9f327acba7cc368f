// For browsers too old to read the modules, in words they know: the pictures still show, unwatched.
// The modules take `data-src` away. After `load`, which WebKit would otherwise never reach while a
// stream is arriving.
window.addEventListener("load", () => {
  Array.prototype.forEach.call(document.querySelectorAll("img[data-src]"), (picture) => {
    picture.className = "picture";
    picture.src = picture.getAttribute("data-src");
  });
});
