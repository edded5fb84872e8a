import { Link } from 'react-router';
import { PageHead } from '../parts/page-head.js';

export function NotFound() {
  return (
    <>
      <PageHead title="Page introuvable" />
      <div className="notice" data-tone="quiet">
        <p>
          Cette page n’existe pas, ou ce qu’elle montre n’est pas dans votre périmètre.{' '}
          <Link to="/">Revenir à l’accueil</Link>
        </p>
      </div>
    </>
  );
}

export function Forbidden() {
  return (
    <>
      <PageHead title="Accès non autorisé" />
      <div className="notice" data-tone="alert">
        <p>
          Votre rôle n’ouvre pas cette page. Si votre travail le demande, voir avec l’administrateur de la plateforme.{' '}
          <Link to="/">Revenir à l’accueil</Link>
        </p>
      </div>
    </>
  );
}
