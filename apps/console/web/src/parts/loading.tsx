export function Loading({ what, lines = 4 }: { readonly what: string; readonly lines?: number }) {
  return (
    <div role="status">
      <span className="sr">Chargement : {what}…</span>
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} className="pulse" />
      ))}
    </div>
  );
}
